// Package kickseed reads kickseed files as neutral installs.
//
// In: the text of a file. Out: the draft with a report. Commands are read as
// their author means them; where kickseed itself would drop or misread one, the
// report says so. Start at Kickseed.
package kickseed
