package rehearse

import (
	"path/filepath"

	"seedbed/internal/rehearse/report"
)

// most is how many pictures one rehearsal keeps; the last one always has room.
const most = 24

// snap keeps a picture of the screen in the report's directory.
func (r *run) snap(v guest, name, caption string) {
	if len(r.result.Screens) >= most && name != lastScreen {
		return
	}
	if err := v.Screen(filepath.Join(r.Dir, name)); err != nil {
		r.Log.Debug("no picture of the screen", "err", err)
		return
	}
	r.result.Screens = append(r.result.Screens, report.Screen{At: r.pulse.Since(r.start), Boot: r.boot, Caption: caption, File: name})
}

// lastScreen is the picture of where it stopped.
const lastScreen = "screen.png"
