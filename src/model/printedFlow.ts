import type { AnyFlow } from "./flow.ts";
import { fourDigits, listInWords, notesInWords, printedBy, stateInWords } from "./printing.ts";

/** The same flow, which prints as its method, its rates, its start and its end. */
export function printedFlow<F extends AnyFlow>(flow: F): F {
  return printedBy(flow, flowInWords);
}

function flowInWords(flow: AnyFlow): string[] {
  const { method, because, family, status, rates, until, notes = [] } = flow;
  const kind = family ?? status;
  return [
    `${method} flow${kind === undefined ? "" : ` (${kind})`}: ${because}`,
    ...(rates === undefined ? [] : [`  rates: ${listInWords(rates)}`]),
    `  at t = 0: ${stateInWords(flow.at(0))}`,
    `  at t = ${fourDigits(until)}: ${stateInWords(flow.at(until))}`,
    ...notesInWords(notes),
  ];
}
