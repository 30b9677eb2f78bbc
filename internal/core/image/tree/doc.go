// Package tree asks a medium's tree what it holds.
//
// In: an fs.FS that may be nil, damaged or hostile. Out: whether a file is
// there, its beginning, a marker file's lines, an INI file's sections, the CPU
// and version that a Linux kernel or a Windows image says of itself. What is
// absent is no error; damage is kept, for Err. It knows no publisher and
// decides nothing.
// Start reading at Tree.
package tree
