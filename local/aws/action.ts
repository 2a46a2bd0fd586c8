import type { Input, Problem } from "./input.ts";

/** What a service does for one action: read its input, then act on it. */
export type Action<Context, Answer> = {
  perform(
    context: Context,
    input: Input,
    refuse: (problems: readonly Problem[]) => Error,
  ): Answer | Promise<Answer>;
};

/** The table of a service's actions, by name. */
export type Actions<Context, Answer> = Readonly<Record<string, Action<Context, Answer>>>;

/** An action whose input is read and checked as a whole before it has any effect. */
export function action<Context, Request, Answer>(
  read: (input: Input) => Request,
  act: (context: Context, request: Request) => Answer | Promise<Answer>,
): Action<Context, Answer> {
  return {
    perform(context, input, refuse) {
      const request = read(input);
      input.finish(refuse);
      return act(context, request);
    },
  };
}
