package reading

import (
	"net/netip"
	"reflect"
	"testing"
)

// A copy has all that an install can say, and shares nothing with it.
func TestCopy(t *testing.T) {
	d := New("ks.cfg", "redhat")
	fill(t, reflect.ValueOf(&d.In).Elem())
	d.Keep(3, "lang", "locale")
	d.Domain, d.Release = "example.org", "rhel-9"
	c := d.Copy()
	if !reflect.DeepEqual(c, d) {
		t.Fatalf("the copy differs:\n%+v\nof\n%+v", c, d)
	}
	c.In.Packages[0], c.In.Storage.Partitions[0].Filesystem, c.In.Firewall.Enabled = "other", "other", false
	c.Lose(4, "nfs", "there is none")
	c.Keep(5, "keyboard", "keyboard")
	if d.In.Packages[0] == "other" || d.In.Storage.Partitions[0].Filesystem == "other" || !d.In.Firewall.Enabled || len(d.Items) != 1 || len(d.In.Places) != 2 {
		t.Errorf("what was done to the copy is in the draft: %+v", d)
	}
}

// fill sets every field below v to something.
func fill(t *testing.T, v reflect.Value) {
	switch v.Interface().(type) {
	case netip.Addr:
		v.Set(reflect.ValueOf(netip.MustParseAddr("192.0.2.1")))
		return
	case netip.Prefix:
		v.Set(reflect.ValueOf(netip.MustParsePrefix("192.0.2.1/24")))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString("x")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64, reflect.Uint64, reflect.Int32, reflect.Uint8, reflect.Uint16, reflect.Uint32:
		v.Set(reflect.ValueOf(1).Convert(v.Type()))
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(t, v.Index(0))
	case reflect.Map:
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(t, key)
		fill(t, value)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, value)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(t, v.Elem())
	case reflect.Struct:
		for i := range v.NumField() {
			if !v.Type().Field(i).IsExported() {
				t.Fatalf("%s.%s is not exported", v.Type(), v.Type().Field(i).Name)
			}
			fill(t, v.Field(i))
		}
	default:
		t.Fatalf("a field of kind %s, which no copy was tried with", v.Kind())
	}
}
