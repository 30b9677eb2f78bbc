package debian

import (
	"slices"

	"seedbed/internal/core/lint"
)

// Rules are the rules of this room.
var Rules = slices.Concat(arguments, lines, answersGiven)

// arguments are rules about how the installer is started.
var arguments = []lint.Rule{askedTooEarly, lowPriority, whichCard, noNames, noRouter, slowNetwork, littleMemory, discInstaller}

// lines are rules about the lines of a preseed file.
var lines = []lint.Rule{indentedComment, noLine, noType, trailing, carriage, openEnd, unknownKey}

// answersGiven are rules about what is answered, and what is not.
var answersGiven = []lint.Rule{
	rootPassword, passwordPair, userAccount, userName, weakPassword, encryptHome, updatePolicy, mountedDisk,
	proxy, suite, whichDisk, hardDisk, method, recipeMissing, confirmed, planFinished, noSwap, lvmConfirmed, oldSignatures,
	biosSystem, noESP, tooBig, bootFilesystem, unreachable, tasks, bootDevice, lastNote, firmware, packageQuestions,
	commandFails, noPackage, netImage, passphrase, localeC, guidedSize, raidConfirmed, raidRecipe, passphraseAgain, clearSwap, clearBoot,
}
