import type { Processes } from "./processes.js";
import type { Transaction, WantedTransitionInput } from "./types.js";

/** The name of a process. */
export type ProcessOf = keyof Processes;

/** A deal of a process: its state is one of the process's. */
export type Deal<P extends ProcessOf> = Transaction & { state: Processes[P]["states"] };

type Steps<P extends ProcessOf> = Processes[P]["steps"];
type Opens<P extends ProcessOf> = Processes[P]["opens"];

/** Inputs that a step cannot do without have to be given. */
type Given<I> = {} extends I ? [input?: I] : [input: I];

/**
 * A step of a process with what it takes along, as transactions.take takes it:
 *
 *     handsel.transactions.take(deal.id, step("escrow_online", "track", { carrier: "DHL", tracking_code: "1" }))
 */
export function step<P extends ProcessOf, S extends keyof Steps<P> & string>(_process: P, transition: S, ...[input]: Given<Steps<P>[S]>): WantedTransitionInput {
  return input === undefined ? { transition } : { transition, input: given(input as object) };
}

/** How a deal of a process is opened, for transactions.create: `{ ...open("postpay", "create"), gateway: … }`. */
export function open<P extends ProcessOf, S extends keyof Opens<P> & string>(process: P, transition: S, ...[input]: Given<Opens<P>[S]>) {
  return input === undefined ? { process, transition } : { process, transition, input: given(input as object) };
}

/** Whether a deal is of a process. The process of a deal has its version: "preauthorize@1". */
export function isDeal<P extends ProcessOf>(deal: Transaction, process: P): deal is Deal<P> {
  return deal.process === process || deal.process.startsWith(`${process}@`);
}

function given(input: object): NonNullable<WantedTransitionInput["input"]> {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
}
