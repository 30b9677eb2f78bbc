// Package question is the catalogue of what installers stop and ask.
//
// In: an installer and the name by which it knows a question (debconf's, a
// spoke's, a screen's). Out: its text, when it is asked, and what prevents it.
// Lint rules name the question that they foresee, and an attempt the one that
// is open: both read it here. It holds facts and no logic; start at Find.
package question
