import type { ApiReply } from "./reply.ts";
import type { ApiRequest } from "./request.ts";

export type Method = "GET" | "HEAD" | "POST" | "PUT" | "DELETE" | "OPTIONS";

/** Answers one request. A rejection becomes the error body with the status of `status.ts`. */
export type Handler = (request: ApiRequest, reply: ApiReply) => Promise<void> | void;

/** One operation. `{name}` matches one path segment, `{name...}` one or more (image names have slashes). */
export interface Route {
  readonly method: Method;
  readonly path: string;
  readonly handler: Handler;
}

export interface RouteMatch {
  readonly handler: Handler;
  readonly params: Readonly<Record<string, string>>;
}

interface Pattern {
  readonly expression: RegExp;
  readonly names: readonly string[];
  readonly handler: Handler;
}

/** Finds the handler of a method and a path without version. Exact paths win, then routes in the order given. */
export class Router {
  readonly #exact = new Map<string, Handler>();
  readonly #patterns = new Map<string, Pattern[]>();

  constructor(routes: Iterable<Route>) {
    for (const route of routes) this.#add(route);
  }

  #add(route: Route): void {
    if (!route.path.includes("{")) {
      this.#exact.set(`${route.method} ${route.path}`, route.handler);
      return;
    }
    const names: string[] = [];
    const source = route.path.replace(/\{(\w+)(\.\.\.)?\}/g, (_, name: string, many?: string) => {
      names.push(name);
      return many === undefined ? "([^/]+)" : "(.+)";
    });
    const key = `${route.method} ${firstSegment(route.path)}`;
    const list = this.#patterns.get(key) ?? [];
    list.push({ expression: new RegExp(`^${source}$`), names, handler: route.handler });
    this.#patterns.set(key, list);
  }

  /** @returns null when no operation has this method and path */
  find(method: string, path: string): RouteMatch | null {
    const exact = this.#exact.get(`${method} ${path}`);
    if (exact !== undefined) return { handler: exact, params: {} };
    for (const pattern of this.#patterns.get(`${method} ${firstSegment(path)}`) ?? []) {
      const match = pattern.expression.exec(path);
      if (match !== null) return { handler: pattern.handler, params: parameters(pattern.names, match) };
    }
    return null;
  }
}

function parameters(names: readonly string[], match: RegExpExecArray): Record<string, string> {
  const params: Record<string, string> = {};
  names.forEach((name, index) => {
    const raw = match[index + 1]!;
    try {
      params[name] = decodeURIComponent(raw);
    } catch {
      params[name] = raw;
    }
  });
  return params;
}

function firstSegment(path: string): string {
  const end = path.indexOf("/", 1);
  return end < 0 ? path : path.slice(0, end);
}
