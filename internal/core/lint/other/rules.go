package other

import "seedbed/internal/core/lint"

// Rules are the rules of this room.
var Rules = []lint.Rule{
	coreosDevice, coreosUnsigned, ignitionVersion, notIgnition, butaneRefuses,
	esxiEULA, esxiBytes, esxiOverwrite, windowsKey, windowsShows, windowsLacks, alpineDisks, proxmoxAnswers, archSlash,
	longArguments, noCallback, mediumLacks,
}
