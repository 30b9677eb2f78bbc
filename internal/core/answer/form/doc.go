// Package form fills in the blanks of a user's own answer file.
//
// In: a text in the language of text/template, and the facts about a machine.
// Out: the text filled in, or faults with line and column. A form reads
// nothing but its facts, and cannot run on: functions, loops and sizes are
// bounded. Start reading at Form.Fill.
package form
