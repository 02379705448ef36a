import type { ArgumentPiece, InstructionNode, Position, Range } from "../dockerfile.ts";

/** Where the character at `index` of a text made of `pieces` stands in the file. */
export function positionAt(pieces: readonly ArgumentPiece[], index: number): Position {
  return within(pieces[pieceAt(pieces, index)]!, index);
}

/** Where the characters from `start` up to `end` of a text made of `pieces` stand. An empty range stands at its start. */
export function rangeIn(pieces: readonly ArgumentPiece[], start: number, end: number): Range {
  const from = positionAt(pieces, start);
  if (end <= start) return { start: from, end: from };
  const last = positionAt(pieces, end - 1);
  return { start: from, end: { line: last.line, column: last.column + 1, offset: last.offset + 1 } };
}

/** Where the characters from `start` up to `end` of an instruction's argument stand in the file. */
export function rangeOf(node: InstructionNode, start: number, end: number): Range {
  return rangeIn(node.pieces, start, end);
}

/** The pieces of the part from `start` up to `end`, counted from its start. */
export function slicePieces(pieces: readonly ArgumentPiece[], start: number, end: number): ArgumentPiece[] {
  const first = pieceAt(pieces, start);
  const slice: ArgumentPiece[] = [{ at: 0, start: within(pieces[first]!, start) }];
  for (let index = first + 1; index < pieces.length && pieces[index]!.at < end; index++) slice.push({ at: pieces[index]!.at - start, start: pieces[index]!.start });
  return slice;
}

/** The last piece that begins at `index` or before. */
function pieceAt(pieces: readonly ArgumentPiece[], index: number): number {
  let low = 0;
  let high = pieces.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (pieces[middle]!.at <= index) low = middle;
    else high = middle - 1;
  }
  return low;
}

function within(piece: ArgumentPiece, index: number): Position {
  const { line, column, offset } = piece.start;
  return { line, column: column + index - piece.at, offset: offset + index - piece.at };
}
