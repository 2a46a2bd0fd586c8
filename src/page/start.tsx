import { MAIN_PAGES, page } from "./document.tsx";

/**
 * Renders the page that leads to all others.
 * @param target the URL of the API that the pages come from
 * @param docs the path of the documentation, where it is served
 */
export const startPage = ({ target, docs }: { target: string; docs?: string }): string =>
  page({
    title: "Start",
    root: "v1/",
    place: undefined,
    sections: [],
    end: <p>From {target}</p>,
    children: (
      <>
        <h1>Rolecall</h1>
        <p class="lead">AWS access for GitHub repositories, without access keys.</p>
        <dl class="facts">
          {MAIN_PAGES.map(({ path, name, text }) => (
            <>
              <dt>
                <a href={`v1/${path}`}>{name}</a>
              </dt>
              <dd>{text}</dd>
            </>
          ))}
          {docs && (
            <>
              <dt>
                <a href={docs}>Documentation</a>
              </dt>
              <dd>how to use and operate Rolecall</dd>
            </>
          )}
        </dl>
      </>
    ),
  });
