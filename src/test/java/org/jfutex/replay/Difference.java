package org.jfutex.replay;

/**
 * A step that did not answer as recorded.
 *
 * @param program whose step
 * @param step which, from 1
 * @param line the step as recorded
 * @param got what was answered instead, or why nothing was
 */
record Difference(Program program, int step, String line, String got) {

    @Override
    public String toString() {
        int arrow = line.indexOf(" => ");
        return program + ", step " + step + ": " + (arrow < 0 ? line : line.substring(0, arrow)) + "\n    expected  "
                + (arrow < 0 ? "a step" : line.substring(arrow + 4)) + "\n    got       " + got;
    }
}
