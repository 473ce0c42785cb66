package org.jfutex.replay;

/**
 * A step whose results differ from the recorded ones.
 *
 * @param program the program of the step
 * @param step the number of the step, from 1
 * @param line the step as recorded
 * @param got the actual results, or why there are none
 */
record Difference(Program program, int step, String line, String got) {

    @Override
    public String toString() {
        int arrow = line.indexOf(" => ");
        return program + ", step " + step + ": " + (arrow < 0 ? line : line.substring(0, arrow)) + "\n    expected  "
                + (arrow < 0 ? "a step" : line.substring(arrow + 4)) + "\n    got       " + got;
    }
}
