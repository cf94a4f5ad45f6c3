/** Of the plot, in pixels: the axis at its left, and a little air. What stands under a chart begins and ends where its lines do. */
export const LEFT = 56;
export const RIGHT = 8;
