import type { Input, Problem } from "./input.ts";

/** An action of a service: it reads its input, then acts on it. */
export type Action<Context, Answer> = {
  perform(
    context: Context,
    input: Input,
    refuse: (problems: readonly Problem[]) => Error,
  ): Answer | Promise<Answer>;
};

/** The actions of a service, by name. */
export type Actions<Context, Answer> = Readonly<Record<string, Action<Context, Answer>>>;

/** Defines an action. Its whole input is read and checked before the action has any effect. */
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
