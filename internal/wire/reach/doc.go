// Package reach asks sources of packages whether they are there.
//
// In: sources, as the lint rules find them in answer files. Out: for each what
// went wrong, as this host sees it, or nothing. One small request a file that
// such a source must have, with a time limit; no body is ever read. It decides
// nothing: what a failure means is for core/lint/reach.
// Start reading at Ask.
package reach
