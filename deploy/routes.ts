/** The throttles of the routes that nobody signs. API Gateway applies them before it calls a function. */

/** The requests a second of each route, and how many it takes at once. */
type Throttle = { readonly ThrottlingRateLimit: number; readonly ThrottlingBurstLimit: number };

/** The throttle of the routes for workflows. */
const FOR_WORKFLOWS: Throttle = { ThrottlingRateLimit: 10, ThrottlingBurstLimit: 20 };

/** The throttle of the open routes. They lead to the function that also serves signed requests. */
const FOR_EVERYONE: Throttle = { ThrottlingRateLimit: 5, ThrottlingBurstLimit: 10 };

/** The routes that are open to everyone. */
const OPEN = ["GET /healthz", "GET /openapi.yaml", "GET /openapi.json"];

/** Returns the keys of a function's routes, such as `GET /v1/self/repos/{owner}/{repo}/roles/{role}`. */
export function routesOf(definition: unknown): string[] {
  const { events } = Object(definition);
  return [events ?? []].flat().map((event) => {
    const { method, path } = Object(Object(event).httpApi);
    return `${String(method).toUpperCase()} ${path}`;
  });
}

/**
 * Returns the part of the API's stage that throttles the open routes and those for workflows. API Gateway refuses the
 * settings of a route that does not exist yet, so the stage waits for each of these routes.
 */
export const stageOf = (forWorkflows: readonly string[]) => ({
  DependsOn: [...OPEN, ...forWorkflows].map(logicalId),
  Properties: {
    RouteSettings: { ...settings(OPEN, FOR_EVERYONE), ...settings(forWorkflows, FOR_WORKFLOWS) },
  },
});

const settings = (routes: readonly string[], throttle: Throttle) =>
  Object.fromEntries(routes.map((route) => [route, throttle]));

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
