package org.jfutex.linux;

/**
 * The kernel version that a guest sees. It decides which operations exist. An operation behaves as in Linux 6.18,
 * whatever the version.
 *
 * @param major the first number, for example 6
 * @param minor the second number, for example 18
 * @param patch the third number, which counted new features until 2.6
 */
public record KernelVersion(int major, int minor, int patch) implements Comparable<KernelVersion> {

    /** Linux 6.18, the version whose behaviour the library follows. It has no FUTEX_FD. */
    public static final KernelVersion LINUX_6_18 = new KernelVersion(6, 18, 0);

    /** A version with every operation that any version had: those of 6.18, and FUTEX_FD. This is the default. */
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
