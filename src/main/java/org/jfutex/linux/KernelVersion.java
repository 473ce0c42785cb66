package org.jfutex.linux;

/**
 * The kernel that a guest believes to run on, which decides which operations exist; what an operation does is Linux 6.18's in any version.
 *
 * @param major such as 6
 * @param minor such as 18
 * @param patch the third number, which counted until 2.6
 */
public record KernelVersion(int major, int minor, int patch) implements Comparable<KernelVersion> {

    /** The kernel of reference, which has no FUTEX_FD. */
    public static final KernelVersion LINUX_6_18 = new KernelVersion(6, 18, 0);

    /** Every operation that any version had: those of 6.18, and FUTEX_FD. The default. */
    public static final KernelVersion ALL = new KernelVersion(Integer.MAX_VALUE, 0, 0);

    @Override
    public int compareTo(KernelVersion that) {
        int byMajor = Integer.compare(major, that.major);
        int byMinor = byMajor != 0 ? byMajor : Integer.compare(minor, that.minor);
        return byMinor != 0 ? byMinor : Integer.compare(patch, that.patch);
    }

    @Override
    public String toString() {
        return this.equals(ALL) ? "all" : major + "." + minor + (major == 2 ? "." + patch : "");
    }
}
