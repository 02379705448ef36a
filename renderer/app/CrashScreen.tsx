import { Component, type ErrorInfo, type ReactNode } from "react";
import { Button } from "../ui/button/Button.tsx";
import { Problem } from "../ui/feedback/Problem.tsx";

interface CrashProps {
  readonly children: ReactNode;
  /** What is shown; another address tries again. */
  readonly address: string;
}

interface CrashState {
  readonly address: string;
  readonly error: Error | undefined;
  readonly where: string;
}

/** Stands where a screen broke, so that the rest of the window goes on. */
export class CrashScreen extends Component<CrashProps, CrashState> {
  override state: CrashState = { address: this.props.address, error: undefined, where: "" };

  static getDerivedStateFromError(error: unknown): Partial<CrashState> {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override componentDidCatch(_error: unknown, info: ErrorInfo): void {
    this.setState({ where: info.componentStack ?? "" });
  }

  static getDerivedStateFromProps({ address }: CrashProps, before: CrashState): Partial<CrashState> | null {
    return before.address === address ? null : { address, error: undefined };
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
