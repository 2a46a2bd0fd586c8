/** The links between the pages of a list; nothing if the list has one page. */
export const Pages = ({
  isContinued,
  nextCursor,
  to,
}: {
  /** True if the page continues a list. */
  isContinued: boolean;
  nextCursor: string | undefined;
  /** Returns the path of the list's first page, or of the page at a cursor. */
  to: (at: { cursor?: string }) => string;
}) =>
  isContinued || nextCursor !== undefined ? (
    <nav class="pages" aria-label="Pages of the list">
      {isContinued && <a href={to({})}>First page</a>}
      {nextCursor !== undefined && (
        <a href={to({ cursor: nextCursor })} rel="next">
          Next page
        </a>
      )}
    </nav>
  ) : null;
