/** The throttle of the routes that nobody signs. API Gateway applies it before it calls the function. */

/** The requests per second of each route, and how many more it takes at once. */
const THROTTLE = { ThrottlingRateLimit: 10, ThrottlingBurstLimit: 20 };

/** Returns the keys of a function's routes, such as `GET /v1/self/repos/{owner}/{repo}/roles/{role}`. */
export function routesOf(definition: unknown): string[] {
  const { events } = Object(definition);
  return [events].flat().map((event) => {
    const { method, path } = Object(Object(event).httpApi);
    return `${String(method).toUpperCase()} ${path}`;
  });
}

/**
 * Returns the part of the API's stage that throttles routes. API Gateway refuses the settings of a route that does not
 * exist yet, so the stage waits for each route.
 */
export const stageOf = (routes: readonly string[]) => ({
  DependsOn: routes.map(logicalId),
  Properties: { RouteSettings: Object.fromEntries(routes.map((route) => [route, THROTTLE])) },
});

/** Returns the name that osls gives a route in the template. */
const logicalId = (route: string): string =>
  `HttpApiRoute${route
    .split(/[ /]/)
    .map((part) =>
      part
        .toLowerCase()
        .replaceAll("-", "Dash")
        .replace(/^\{(.*)\}$/, "$1Var"),
    )
    .map((part) => part.replace(/[^0-9A-Za-z]/g, ""))
    .map((part) => part.slice(0, 1).toUpperCase() + part.slice(1))
    .join("")}`;
