// Package app builds the parts, joins them, runs them and stops them.
//
// In: good settings, a state directory, segments. Out: a running server, or
// the same parts at rest for commands that only look. It holds no logic: what
// to answer, lease or boot is decided in core. Start reading at Open, then
// App.Serve.
package app
