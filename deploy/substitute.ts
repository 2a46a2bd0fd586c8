/** Returns a value in which CloudFormation completes every text that refers to a resource or to the deployment. */
export function completed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(completed);
  if (typeof value === "string") return completedText(value);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, completed(one)]));
}

function completedText(text: string): unknown {
  const [, resource, attribute] = /^\$\{(\w+)(?:\.(\w+))?\}$/.exec(text) ?? [];
  if (resource !== undefined && attribute !== undefined) return { "Fn::GetAtt": [resource, attribute] };
  const [, reference] = /^\$\{([\w:]+)\}$/.exec(text) ?? [];
  if (reference !== undefined) return { Ref: reference };
  return text.includes("${") ? { "Fn::Sub": text } : text;
}
