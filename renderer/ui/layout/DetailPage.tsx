import { ChevronLeft } from "lucide-react";
import type { ReactNode } from "react";
import { IconButton } from "../button/Button.tsx";
import { linkHere } from "../../lib/link.ts";
import { CopyButton } from "../display/Copy.tsx";
import { TabPanel, Tabs } from "../display/Tabs.tsx";
import css from "./DetailPage.module.css";

export interface DetailPageProps<T extends string> {
  /** What it is, with its name: "Volume pgdata". */
  readonly label: string;
  readonly name: string;
  readonly icon: ReactNode;
  /** Where back leads: "All volumes". */
  readonly back: string;
  readonly onBack: () => void;
  /** What a glance needs, under the name. */
  readonly facts?: ReactNode;
  readonly actions?: ReactNode;
  /** The kind of object, for the row of tabs: "Volume". */
  readonly kind: string;
  readonly tab: T;
  readonly tabs: readonly { readonly value: T; readonly label: string }[];
  readonly onTab: (tab: T) => void;
  readonly children: ReactNode;
}

/** One object: its name with what can be done to it, then tabs. */
export function DetailPage<T extends string>(props: DetailPageProps<T>) {
  return (
    <main className={css["page"]} aria-label={props.label}>
      <header className={css["header"]}>
        <IconButton label={props.back} onClick={props.onBack}><ChevronLeft /></IconButton>
        <div className={css["heading"]}>
          <h1 className={css["title"]}><span className={css["icon"]} aria-hidden="true">{props.icon}</span><span className="cut" title={props.name.length > 40 ? props.name : undefined}>{props.name}</span></h1>
          {props.facts && <div className={css["facts"]}>{props.facts}</div>}
        </div>
        <CopyButton text={linkHere()} label="Copy link" always />
        <div className={css["actions"]}>{props.actions}</div>
      </header>
      <Tabs label={props.kind} value={props.tab} tabs={props.tabs} onChange={props.onTab} />
      <TabPanel key={props.tab} value={props.tab}>{props.children}</TabPanel>
    </main>
  );
}

/** The body of a tab that scrolls. */
export function DetailBody({ children }: { readonly children: ReactNode }) {
  return <div className={css["body"]}>{children}</div>;
}
