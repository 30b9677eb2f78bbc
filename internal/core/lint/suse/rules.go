package suse

import (
	"seedbed/internal/core/answer"
	"seedbed/internal/core/lint"
)

// Rules are the rules of this room.
var Rules = []lint.Rule{
	notXML, confirms, signatures, whichCard, registration, tooNew, reportBlocks, nobody, noPartitions,
	notJSON, noProduct, noUser, unknownSection, insecure, noAgamaProfile, tooOld,
}

var yast, agama = []answer.Kind{answer.AutoYaST}, []answer.Kind{answer.Agama}
