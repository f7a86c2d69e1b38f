/** Finds every regular expression of a source file: literals, and `new RegExp` whose source is made of constants. */
import ts from 'typescript'

export interface Expression {
  readonly file: string
  readonly line: number
  /** Absent where the source is known only when the code runs. */
  readonly source: string | undefined
  readonly flags: string
  /** As it stands in the code. */
  readonly text: string
}

export function collectExpressions(file: string, code: string): Expression[] {
  const tree = ts.createSourceFile(file, code, ts.ScriptTarget.Latest, true)
  const constants = constantsOf(tree)
  const found: Expression[] = []

  const visit = (node: ts.Node): void => {
    const expression = expressionOf(node, constants)
    if (expression !== undefined) {
      const line = tree.getLineAndCharacterOfPosition(node.getStart()).line + 1
      found.push({ file, line, text: node.getText(), ...expression })
    }
    ts.forEachChild(node, visit)
  }
  visit(tree)
  return found
}

type Constants = ReadonlyMap<string, ts.Expression>

/** `const` names of the file. One that is declared twice says nothing certain and is left out. */
function constantsOf(tree: ts.SourceFile): Constants {
  const constants = new Map<string, ts.Expression>()
  const doubled = new Set<string>()
  const visit = (node: ts.Node): void => {
    if (ts.isVariableDeclaration(node) && ts.isIdentifier(node.name)) {
      const { text } = node.name
      const isConstant = (ts.getCombinedNodeFlags(node) & ts.NodeFlags.Const) !== 0
      if (constants.has(text) || !isConstant || node.initializer === undefined) doubled.add(text)
      else constants.set(text, node.initializer)
    }
    ts.forEachChild(node, visit)
  }
  visit(tree)
  for (const name of doubled) constants.delete(name)
  return constants
}

function expressionOf(node: ts.Node, constants: Constants): Pick<Expression, 'source' | 'flags'> | undefined {
  if (ts.isRegularExpressionLiteral(node)) return partsOf(node)
  const isMade = ts.isNewExpression(node) || ts.isCallExpression(node)
  if (!isMade || !ts.isIdentifier(node.expression) || node.expression.text !== 'RegExp') return undefined
  const [source, flags] = node.arguments ?? []
  return {
    source: source && textOf(source, constants),
    flags: (flags && textOf(flags, constants)) ?? '',
  }
}

function partsOf(literal: ts.RegularExpressionLiteral): { source: string; flags: string } {
  const end = literal.text.lastIndexOf('/')
  return { source: literal.text.slice(1, end), flags: literal.text.slice(end + 1) }
}

/** The text of a constant expression: literals, templates and sums of them, `.source` of an expression, names of those. */
function textOf(node: ts.Expression, constants: Constants): string | undefined {
  if (ts.isStringLiteralLike(node) || ts.isNumericLiteral(node)) return node.text
  if (ts.isRegularExpressionLiteral(node)) return partsOf(node).source
  if (ts.isIdentifier(node)) {
    const value = constants.get(node.text)
    return value && textOf(value, constants)
  }
  if (ts.isPropertyAccessExpression(node) && node.name.text === 'source') return textOf(node.expression, constants)
  if (ts.isTaggedTemplateExpression(node) && node.tag.getText() === 'String.raw')
    return templateText(node.template, constants, (part) => part.rawText ?? part.text)
  if (ts.isTemplateExpression(node)) return templateText(node, constants, (part) => part.text)
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken)
    return joined([textOf(node.left, constants), textOf(node.right, constants)])
  return undefined
}

function templateText(
  template: ts.TemplateLiteral,
  constants: Constants,
  text: (part: ts.TemplateLiteralLikeNode) => string,
): string | undefined {
  if (ts.isNoSubstitutionTemplateLiteral(template)) return text(template)
  const spans = template.templateSpans.flatMap((span) => [textOf(span.expression, constants), text(span.literal)])
  return joined([text(template.head), ...spans])
}

const joined = (parts: readonly (string | undefined)[]): string | undefined =>
  parts.every((part) => part !== undefined) ? parts.join('') : undefined
