// Package pay keeps the money of a node: exact accounts, the holds on them while
// requests run, and what remembers who has paid for what.
//
//	book, err := pay.Open(disk, folder, pay.Options{})
//	err = book.Credit(signatures, account, amount)     // a top-up, once
//	hold, err := book.Hold(pay.Claim{...})                    // before the request runs
//	charged, err := book.Settle(hold, price)                  // after it
//
// # Amounts
//
// An amount is an integer of any size and never negative ([Amount]). There is no
// arithmetic on anything else.
//
// # Accounts and holds
//
// A hold reserves an amount on an account of a ledger before a request runs, and
// is settled or released after it. What is available is the balance without the
// holds, so requests that run at the same time cannot spend the same money. The
// accounts of the ledger [Own] are kept here. Those of other ledgers (processes,
// devices) are kept elsewhere; only the holds on them are here.
//
// # What survives
//
// Every change is one record of a journal that is written before the change is
// visible, so the death of the process loses nothing. Top-ups are forced to the
// disk before they are acknowledged, which forces everything before them too;
// holds and charges follow within [Options.SyncEvery]. A power failure may lose
// the last of these, and then loses hold and charge together, or the charge
// alone, in which case the hold is settled as below. The sum of all balances and
// all charges is always what has been paid in ([Totals]).
//
// # After a crash
//
// A hold that is open when the journal is read again belongs to a request of
// which nobody knows how far it came. It is settled in full: a request that may
// have run is paid. Its payer gets a voucher, and so does the payer of a request
// that was charged when the death came between charge and answer: when the very
// same signed request arrives again within [VoucherTime], the voucher pays for
// it, once, so nobody pays twice for what he got no answer to. Holds on ledgers
// that are kept elsewhere stay until the charge has been delivered there
// ([Ledger.Stale]).
//
// # Labelled invariants
//
//	P1  Balances never fall below zero, nor below the sum of their holds.
//	P2  credited = sum of balances + charged, at every record of the journal.
//	P3  A hold is settled or released exactly once.
//	P4  A signed order (top-up, charge) applies once, for ever.
package pay
