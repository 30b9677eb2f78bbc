package kickseed

import "seedbed/internal/core/answer/preseed"

// modes are the screen modes that xconfig --resolution brings with it.
var modes = map[string]string{
	"640x480":  "640x480",
	"800x600":  "800x600, 640x480",
	"1024x768": "1024x768, 800x600, 640x480",
}

func (r *run) xconfig(args []Word) {
	opts, _ := r.options("noprobe,card:,videoram:,monitor:,hsync:,vsync:,defaultdesktop:,startxonboot,resolution:,depth:", args)
	answer := func(key, typ string, value Word) {
		r.answer("xserver-xorg", "xserver-xorg/"+key, typ, value)
	}
	for _, o := range opts {
		v := o.Value
		switch o.Name {
		case "--noprobe":
			answer("autodetect_monitor", preseed.Boolean, word("false"))
		case "--card":
			answer("config/device/driver", preseed.Select, v)
		case "--videoram":
			answer("config/device/video_ram", preseed.String, v)
		case "--monitor":
			r.warn(Ignored, UnsupportedOption, o.Name, "xconfig --monitor has no effect", "Unimplemented xconfig option monitor").Pos = o.Word.Pos
		case "--hsync":
			answer("config/monitor/horiz-sync", preseed.String, v)
		case "--vsync":
			answer("config/monitor/vert-refresh", preseed.String, v)
		case "--defaultdesktop":
			if v.Text != "GNOME" {
				r.badValue("xconfig", "defaultdesktop", v)
			}
		case "--resolution":
			all, ok := modes[v.Text]
			if !ok {
				all = v.Text + ", " + modes["1024x768"]
			}
			v.Text = all
			answer("config/display/modes", preseed.Multiselect, v)
		case "--depth":
			if v.Text == "32" {
				v.Text = "24"
			}
			answer("config/display/default_depth", preseed.Select, v)
		}
	}
}
