/** Text with several kinds of markup, which a page without escaping would render. */
export const MARKUP = `<script>alert(1)</script>"><img src=x onerror=alert(2)></style><a href="javascript:alert(3)">&amp;'`;
