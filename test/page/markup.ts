/** Markup of every kind that a careless page would take for its own. */
export const MARKUP = `<script>alert(1)</script>"><img src=x onerror=alert(2)></style><a href="javascript:alert(3)">&amp;'`;
