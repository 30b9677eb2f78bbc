package app

import (
	"bytes"
	"strconv"
	"strings"
	"testing"

	"seedbed/internal/core/adopt/settings"
	"seedbed/internal/wire/dhcp"
)

// What adopt knows of an option's form on the wire, and what serve does, is
// the same: an option that another server handed out keeps its bytes.
func TestAnOptionHasOneFormToAdoptAndToServe(t *testing.T) {
	samples := map[settings.Form]settings.Value{
		settings.Guess: {Text: "192.0.2.9"}, settings.Text: {Text: "word", Quoted: true}, settings.Addresses: {Text: "192.0.2.1"},
		settings.U8: {Text: "5"}, settings.U16: {Text: "5"}, settings.U32: {Text: "300"}, settings.Flag: {Text: "true"},
		settings.Bytes: {Text: "01:02:03"}, settings.Domains: {Text: "a.example"},
	}
	compared := 0
	for code := range 254 {
		form := settings.FormOf(uint8(code + 1))
		o, err := dhcp.ParseOption(strconv.Itoa(code+1), []string{samples[form].Text})
		if err != nil && strings.Contains(err.Error(), "server") {
			continue // the server's own
		}
		want, werr := settings.Encode(form, []settings.Value{samples[form]})
		if err != nil || werr != nil || !bytes.Equal(o.Data, want) {
			t.Errorf("option %d: serve says %x (%v), adopt %x (%v)", code+1, o.Data, err, want, werr)
		}
		compared++
	}
	if compared < 240 {
		t.Errorf("%d options compared", compared)
	}
}
