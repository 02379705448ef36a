/**
 * The order in which something was asked for. Answers may overtake each other, and an answer may come from an engine that
 * the window has left: neither may replace what is known by then.
 */
export class ReadOrder {
  private static engine = 0;
  private engine = 0;
  private asked = 0;
  private taken = 0;

  /** From now on nothing counts that was asked for before: the window has gone to another engine. */
  static forgetAll(): void {
    ReadOrder.engine++;
  }

  /** Notes a question. @returns to be called with the answer: whether it still counts */
  ask(): () => boolean {
    const number = ++this.asked;
    const engine = ReadOrder.engine;
    return () => {
      if (engine !== ReadOrder.engine) return false;
      if (this.engine === engine && number < this.taken) return false;
      this.engine = engine;
      this.taken = number;
      return true;
    };
  }
}
