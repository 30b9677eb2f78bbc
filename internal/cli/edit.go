package cli

// edit is a line of a comparison: kept (' '), new ('+') or gone ('-').
type edit struct {
	sign rune
	line string
}

// compare gives the fewest edits from one text to the other (the longest common
// subsequence, the textbook's way). It takes time and room by the product of
// their lines.
func compare(from, to []string) []edit {
	common := make([][]int32, len(from)+1) // how many lines are common from i and j on
	for i := range common {
		common[i] = make([]int32, len(to)+1)
	}
	for i := len(from) - 1; i >= 0; i-- {
		for j := len(to) - 1; j >= 0; j-- {
			if from[i] == to[j] {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	var out []edit
	i, j := 0, 0
	for i < len(from) || j < len(to) {
		switch {
		case i < len(from) && j < len(to) && from[i] == to[j]:
			out = append(out, edit{' ', from[i]})
			i, j = i+1, j+1
		case j == len(to) || i < len(from) && common[i+1][j] >= common[i][j+1]:
			out = append(out, edit{'-', from[i]})
			i++
		default:
			out = append(out, edit{'+', to[j]})
			j++
		}
	}
	return out
}
