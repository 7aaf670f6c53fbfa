/**
 * JavaScript for Hermes 0.12, which has neither classes nor scopes of blocks (`let` in a loop is one variable for all its turns). React Native lowers
 * both with Babel before any Hermes sees them; here the compiler that is at hand does, down to ES5.
 */
import ts from "typescript";

export function lowerForVm(code: string): string {
  // ES5 makes `Math.pow` of the operator, which takes no bigint.
  const folded = code.replace(/\b(\d+)n \*\* (\d+)n\b/g, (_, base: string, power: string) => `${BigInt(base) ** BigInt(power)}n`);
  const { outputText } = ts.transpileModule(folded, {
    compilerOptions: {
      target: ts.ScriptTarget.ES5,
      module: ts.ModuleKind.None,
      downlevelIteration: true,
      ignoreDeprecations: "6.0",
      noCheck: true,
    },
  });
  // A built-in constructor that is called makes an object of its own kind: a subclass of Error would be none of its class.
  return (
    "function __makeSuper(S, self, args) { return /\\[native code\\]/.test(Function.prototype.toString.call(S)) ? Reflect.construct(S, args, self.constructor) : S.apply(self, args); }\n" +
    "function __callSuper(S, self) { return __makeSuper(S, self, Array.prototype.slice.call(arguments, 2)); }\n" +
    outputText
      // Numbered where the code has a name of its own like it, as zod's has.
      .replace(/\b(_super(?:_\d+)?)\.apply\(this, arguments\)/g, "__makeSuper($1, this, arguments)")
      .replace(/\b(_super(?:_\d+)?)\.apply\(this, (?=__spreadArray)/g, "__makeSuper($1, this, ")
      .replace(/\b(_super(?:_\d+)?)\.call\(this(?:, )?/g, "__callSuper($1, this, ")
      .replace(/__callSuper\((_super(?:_\d+)?), this, \)/g, "__callSuper($1, this)")
  );
}
