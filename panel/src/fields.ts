/** Values of a file as a form: its fields, and the changes of the file that an edit of them makes. */

import type { FileEdit } from "@/api/shows";

export type Change = Extract<FileEdit, { changes: unknown }>["changes"][number];

export interface Field<Of> {
  /** Where it is in the file. */
  path: readonly string[];
  label: string;
  kind: "long" | "text" | "list" | "colour" | "colours" | "choice" | "number";
  /** What the file states, or what is used where it states nothing. */
  read: (of: Of) => string;
  choices?: readonly string[];
  /** What the empty choice is called. */
  none?: string;
  low?: number;
  high?: number;
  step?: number;
  /** The file must say it. */
  isRequired?: boolean;
  /** It has a line of its own. */
  isWide?: boolean;
}

export interface FieldGroup<Of> {
  title: string;
  fields: readonly Field<Of>[];
}

export type Form = Record<string, string | number>;

export function nameOf(field: Pick<Field<never>, "path">): string {
  return field.path.join(".");
}

/** Return what the form begins with. */
export function formOf<Of>(groups: readonly FieldGroup<Of>[], of: Of): Form {
  return Object.fromEntries(groups.flatMap(({ fields }) => fields).map((field) => [nameOf(field), field.read(of)]));
}

function plainValue<Of>(field: Field<Of>, written: string): unknown {
  if (field.kind === "number") return Number(written);
  if (field.kind === "list" || field.kind === "colours") return words(written);
  return written.trim();
}

export function words(written: string): string[] {
  return written.split(",").map((word) => word.trim()).filter(Boolean);
}

/** Return the changes of the file that make it say what the form says; what is emptied is left to be derived. */
export function changesOf<Of>(groups: readonly FieldGroup<Of>[], of: Of, form: Readonly<Form>): Change[] {
  return groups.flatMap(({ fields }) => fields).flatMap((field): Change[] => {
    const written = String(form[nameOf(field)] ?? "");
    if (written.trim() === field.read(of).trim()) return [];
    const path = [...field.path];
    if (!written.trim()) return field.isRequired ? [] : [{ path, action: "remove" }];
    return [{ path, action: "set", value: plainValue(field, written) }];
  });
}
