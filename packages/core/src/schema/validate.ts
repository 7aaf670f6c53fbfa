/**
 * From an app's Standard Schema validator to the engine's `validate`. What is kept is the validator's output, normalized.
 * r0 validates the kept value once more with the same validator, so a validator must accept its own output unchanged: one that
 * does not would let a device keep what r0 must refuse.
 */
import type { StandardSchemaV1 } from "@standard-schema/spec";
import { isThenable } from "../base/thenable.ts";
import { isSameValue, normalizeValue } from "../base/value.ts";
import { schemaError } from "./names.ts";
import type { Validation } from "./schema.ts";

/** Any Standard Schema library: zod, valibot, arktype. */
export type Validator<Input = unknown, Output = unknown> = StandardSchemaV1<Input, Output>;

type Checked =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly reason: string; readonly asynchronous?: boolean };

export function createValidate(validator: Validator): (value: unknown) => Validation {
  return (input) => {
    const first = validateOnce(validator, input);
    // A validator that gives back what it was given has accepted its own output.
    if (!first.ok || Object.is(first.output, input)) return first.ok ? { ok: true, value: first.value } : first;
    const second = validateOnce(validator, first.value);
    if (!second.ok) return { ok: false, reason: `The validator refuses its own output: ${second.reason}` };
    if (!isSameValue(second.value, first.value)) return { ok: false, reason: "The validator changes its own output." };
    return { ok: true, value: second.value };
  };
}

function validateOnce(
  validator: Validator,
  input: unknown,
): (Validation & { readonly ok: true; readonly output: unknown }) | (Validation & { readonly ok: false }) {
  const checked = check(validator, input);
  if (!checked.ok) return { ok: false, reason: checked.reason };
  const normalized = normalizeValue(checked.value);
  return normalized.ok ? { ok: true, value: normalized.value, output: checked.value } : { ok: false, reason: normalized.reason };
}

/** Validation of what no validator was declared for: any value. */
export function validateAny(input: unknown): Validation {
  return normalizeValue(input);
}

/**
 * Throws `invalid-schema` unless `validator` is a Standard Schema that answers at once: a write validates inside one
 * synchronous step. Probed with a few values, because an asynchronous refinement runs only for input that passes the rest.
 */
export function assertValidator(place: string, validator: unknown, probes: readonly unknown[]): void {
  if (!isValidator(validator)) throw schemaError(`${place} has no validator.`, "Pass one, like z.string().");
  for (const probe of probes) {
    const checked = check(validator, probe);
    if (!checked.ok && checked.asynchronous === true)
      throw schemaError(`${place} has an asynchronous validator.`, "Check that before the write.");
  }
}

export const validatorProbes: readonly unknown[] = [undefined, null, "", "a", 0, 1, true, [], {}];

function isValidator(candidate: unknown): candidate is Validator {
  if (candidate === null || (typeof candidate !== "object" && typeof candidate !== "function")) return false;
  const standard = (candidate as { readonly "~standard"?: { readonly validate?: unknown } })["~standard"];
  return typeof standard?.validate === "function";
}

function check(validator: Validator, input: unknown): Checked {
  let result: ReturnType<Validator["~standard"]["validate"]>;
  try {
    result = validator["~standard"].validate(input);
  } catch (error) {
    return { ok: false, reason: `The validator threw: ${error instanceof Error ? error.message : String(error)}` };
  }
  if (isThenable(result)) {
    result.then(ignore, ignore);
    return { ok: false, reason: "The validator is asynchronous.", asynchronous: true };
  }
  if (result.issues === undefined) return { ok: true, value: result.value };
  return { ok: false, reason: describeIssues(result.issues) };
}

/** The answer comes too late to matter, and its failure is not an unhandled one. */
function ignore(): void {}

const issuesShownMax = 3;

function describeIssues(issues: readonly StandardSchemaV1.Issue[]): string {
  if (issues.length === 0) return "The validator refused it.";
  return issues
    .slice(0, issuesShownMax)
    .map((issue) => {
      const path = (issue.path ?? []).map((part) => String(typeof part === "object" ? part.key : part)).join(".");
      return path === "" ? issue.message : `${path}: ${issue.message}`;
    })
    .join("; ");
}
