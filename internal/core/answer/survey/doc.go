// Package survey makes a neutral install of a running system: one that would
// install it again.
//
// In: the facts that room disk/machine reads, as they lie there. Out: the draft
// with a report: what was taken over, and what cannot be reproduced. It decides
// what the facts mean and reads nothing itself. Secrets are in it only where
// the facts hold them. Start at Draft.
package survey
