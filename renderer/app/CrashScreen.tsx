import { Component, type ErrorInfo, type ReactNode } from "react";
import { Button } from "../ui/button/Button.tsx";
import { Problem } from "../ui/feedback/Problem.tsx";

interface CrashState {
  readonly error: Error | undefined;
  readonly where: string;
}

/** Stands where a screen broke, so that the rest of the window goes on. Another address tries again. */
export class CrashScreen extends Component<{ readonly children: ReactNode; readonly address: string }, CrashState> {
  override state: CrashState = { error: undefined, where: "" };

  static getDerivedStateFromError(error: unknown): Partial<CrashState> {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override componentDidCatch(_error: unknown, info: ErrorInfo): void {
    this.setState({ where: info.componentStack ?? "" });
  }

  override componentDidUpdate(before: { readonly address: string }): void {
    if (before.address !== this.props.address && this.state.error) this.setState({ error: undefined });
  }

  override render(): ReactNode {
    const { error, where } = this.state;
    if (!error) return this.props.children;
    return (
      <main style={{ height: "100%" }} aria-label="Error">
        <Problem
          fill
          title="This screen could not be shown."
          cause="Containers and the engine are not affected."
          raw={`${error.stack ?? error.message}\n${where}`}
          actions={<Button variant="primary" onClick={() => this.setState({ error: undefined })}>Show again</Button>}
        />
      </main>
    );
  }
}
