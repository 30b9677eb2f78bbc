package question

import "testing"

func TestEveryQuestionIsWholeAndThereOnce(t *testing.T) {
	all, err := parse(text)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, q := range all {
		if seen[q.Key] {
			t.Errorf("%s is there twice", q.Key)
		}
		seen[q.Key] = true
		if got, ok := Find(q.Key); !ok || got != q {
			t.Errorf("Find(%s) = %v, %v", q.Key, got, ok)
		}
	}
	if len(all) < 60 {
		t.Errorf("%d questions", len(all))
	}
}

func TestAStanzaWithoutAFieldIsRefused(t *testing.T) {
	for _, s := range []string{"key: a\n", "installer: x\nkey: a\ntext: b\nstage: c\nwhen: d\n", "nonsense\n"} {
		if _, err := parse(s); err == nil {
			t.Errorf("%q was taken", s)
		}
	}
}

func TestAQuestionIsFoundByItsText(t *testing.T) {
	q, ok := ByText(Debian, "  Name server addresses: ")
	if !ok || q.Key != "netcfg/get_nameservers" {
		t.Errorf("got %v, %v", q, ok)
	}
	if q, ok := ByText(Debian, "nothing of the kind"); ok {
		t.Errorf("got %v", q)
	}
}
