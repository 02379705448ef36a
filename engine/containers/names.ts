import { randomInt } from "node:crypto";
import { EngineError } from "../base/errors.ts";

const VALID = /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/;

const ADJECTIVES = ("able airy amber ample apt azure balmy bold brave breezy bright brisk calm candid cheery civil clear clever coral cosy crisp daring dapper deft eager early " +
  "easy elegant even fabled fair fleet fluent fond frank fresh gentle glad golden grand handy hardy hearty honest humble ideal jaunty jolly keen kind lively loyal lucid lucky " +
  "mellow merry mild modest neat nimble noble placid plucky polite proud quick quiet rapid ready robust rosy sage serene sharp shiny silver smart snug sober solid spry steady " +
  "stoic sunny swift tidy tranquil trim trusty upbeat vivid warm wise witty zesty").split(" ");

const SURNAMES = ("abel ampere babbage banach bardeen bessel bohr boole brahe brunel cantor carson cauchy cerf clarke codd crick curie dalton darwin descartes dijkstra dirac edison " +
  "einstein euclid euler faraday fermat fermi feynman fourier franklin galilei gauss germain godel goodall hamilton hawking herschel hertz hopper hubble huygens hypatia joule kepler " +
  "kovalevsky lamarr laplace leibniz lovelace maxwell meitner mendel mirzakhani morse napier newton nobel noether ohm pascal pasteur planck poincare ramanujan ride ritchie " +
  "sagan shannon tesla thompson turing villani volta watt wiles wright yalow zuse").split(" ");

/** A name nobody uses: two words, and after some tries a digit. */
export function randomName(taken: (name: string) => boolean): string {
  for (let attempt = 0; ; attempt++) {
    const name = `${pick(ADJECTIVES)}_${pick(SURNAMES)}${attempt > 5 ? randomInt(10 ** Math.min(attempt - 4, 9)) : ""}`;
    if (!taken(name)) return name;
  }
}

function pick(words: readonly string[]): string {
  return words[randomInt(words.length)]!;
}

/** Checks a name a user chose; a leading slash is dropped. @throws EngineError `invalidArgument` in Docker's words */
export function parseName(text: string): string {
  const name = text.replace(/^\//, "");
  if (!VALID.test(name)) throw new EngineError("invalidArgument", `Invalid container name (${text}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed`);
  return name;
}
