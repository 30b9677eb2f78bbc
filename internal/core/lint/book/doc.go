// Package book is all lint rules together.
//
// In: the rules of the sub-rooms of core/lint, one a dialect. Out: the list in
// the order of the rules' names, each found by its name, and the reference
// page of all of them. It has no rule of its own. Start at All.
package book
