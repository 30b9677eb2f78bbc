// Package debian holds the lint rules for debian-installer, of Debian and of
// Ubuntu up to 20.04, whichever dialect its answers are written in.
//
// In: a lint.Subject with a preseed or kickseed file. Out: findings. answers.go
// has what the installer will know, from file and kernel arguments; recipe.go
// reads partman's recipes. Rules D are about kernel arguments, P about a
// preseed file's lines, A about answers. A file a rule. Start at Rules.
package debian
