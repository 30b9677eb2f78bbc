package secret

import (
	"errors"
	"regexp"
	"slices"
	"strings"

	"github.com/go-crypt/crypt"
	"github.com/go-crypt/crypt/algorithm/shacrypt"
)

// rounds of SHA-512: about 50 ms a guess, and a login is not felt to wait.
const rounds = 100000

var hashWord = regexp.MustCompile(`^\$[A-Za-z0-9]{1,16}\$[A-Za-z0-9./,=+_$-]+$`)

// IsHash says whether a text has the form of a crypt(3) hash (crypt(5)).
func IsHash(s string) bool { return hashWord.MatchString(s) && strings.Count(s, "$") >= 3 }

// Hash is the password as a SHA-512 crypt(3) hash with a fresh salt. SHA-512
// and not yescrypt: RHEL up to 8, Debian up to 10 and Ubuntu up to 20.04 know
// no other strong one.
func Hash(clear string) (string, error) {
	if clear == "" || strings.ContainsAny(clear, "\x00\r\n") {
		return "", errors.New("a password is one line, and not empty")
	}
	hasher, err := shacrypt.New(shacrypt.WithSHA512(), shacrypt.WithIterations(rounds))
	if err != nil {
		return "", err
	}
	digest, err := hasher.Hash(clear)
	if err != nil {
		return "", errors.New("hashing the password")
	}
	return digest.Encode(), nil
}

// first are passwords that attackers try before any other: the head of every
// public list of leaked ones, and the defaults of installers and appliances.
// Those in front are also tried against hashes.
var first = strings.Fields(`123456789 password 123456 12345678 root toor admin changeme secret qwerty
	letmein ubuntu debian redhat vagrant packer
	12345 1234567 1234567890 1234 123123 111111 000000 password1 password123 passw0rd p@ssw0rd p@ssword
	abc123 qwerty123 1q2w3e4r 1q2w3e4r5t qwertyuiop iloveyou welcome welcome1 monkey dragon sunshine princess football
	baseball master shadow michael superman batman trustno1 admin123 administrator default guest test test123 user
	centos fedora suse linux server cobbler foreman install installer temp temporary demo raspberry calvin
	11111111 88888888 987654321 654321 666666 asdfgh asdfghjkl zxcvbnm zaq12wsx 1qaz2wsx qazwsx a123456 aa123456
	root123 rootroot pass passwd login hello freedom whatever starwars access ninja mustang jordan harley`)

// tried is how many of them are worth their time against a hash.
const tried = 16

// Weak says whether a password in clear is one of those that are tried first.
func Weak(clear string) bool {
	return slices.Contains(first, strings.ToLower(strings.TrimSpace(clear)))
}

// WeakHash is the weak password that a hash is of, or "". It tries a few words
// only, and none where one try would take long: a hash with more than a million
// rounds, or of a kind that is not known.
func WeakHash(hash string) string {
	if Slow(hash) {
		return ""
	}
	if !strings.HasPrefix(hash, "$6$") && !strings.HasPrefix(hash, "$5$") && !strings.HasPrefix(hash, "$1$") && !strings.HasPrefix(hash, "$y$j9T$") {
		return ""
	}
	decoder, err := crypt.NewDecoderAll()
	if err != nil {
		return ""
	}
	digest, err := decoder.Decode(hash)
	if err != nil {
		return ""
	}
	for _, word := range first[:tried] {
		if ok, err := digest.MatchAdvanced(word); err == nil && ok {
			return word
		}
	}
	return ""
}

// Matches says whether a crypt(3) hash is that of a password. The comparison
// takes the same time wherever they differ. A hash that is not understood, or
// that has more than a million rounds, matches nothing.
func Matches(hash, clear string) bool {
	if Slow(hash) {
		return false
	}
	decoder, err := crypt.NewDecoderAll()
	if err != nil {
		return false
	}
	digest, err := decoder.Decode(hash)
	if err != nil {
		return false
	}
	ok, err := digest.MatchAdvanced(clear)
	return err == nil && ok
}

// Slow says that one try at a hash takes seconds: more than a million rounds.
func Slow(hash string) bool {
	m := roundsWord.FindStringSubmatch(hash)
	return m != nil && len(m[1]) > 6
}

var roundsWord = regexp.MustCompile(`^\$[56]\$rounds=(\d+)\$`)
