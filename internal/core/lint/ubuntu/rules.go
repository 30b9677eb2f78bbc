package ubuntu

import "seedbed/internal/core/lint"

// Rules are the rules of this room.
var Rules = []lint.Rule{
	noWord, escaped, noSlash, isoAsConfig, smallMemory, otherKernel,
	nobody, layout, msdos, dangling, header, notYAML, twice, clear, commands, noFallback, silentFailure,
	beside, unknownKey, refresh, typing, version, interactive, noLayout, halfIdentity, tooOld,
}
