package doctor

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/keys"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/node"
)

// published are addresses of wallets whose private keys everybody has: those of
// the reference's tests and of this project's.
func published() map[string]string {
	return map[string]string{
		"IC04uinebAqC_kAxB9eBWmDPBMfqaWIN7l7KvRa-RzA": "the reference's tests",
		"vcaPe4JWnrSOCktDHBgXge-zWUb6JRkqbom5w9t7i-4": "this project's tests",
		"J-j0jyZ1YWhMBXtJMWHz-dl-mDcksoJSQo_Fq5loHUs": "this project's tests",
		"-q_bZCJGupSiZvjNg-KoD0bjx53pqnay_5Ojvo0597s": "the reference's attestation tests",
		"9183APBTssX45Ry9pcu-Dm8T48aExE6KT10AwfkeRYY": "the tests of a JavaScript SDK",
	}
}

// Keys looks for wallets that others know or can read, and for files that show
// secrets.
func Keys(c *node.Config, configFile string) []Finding {
	f := findings{check: "keys"}
	wallet := c.KeyPath()
	files := []string{wallet}
	if c.DataDir != "" {
		files = append(files, filepath.Join(c.DataDir, "relay-wallet.json"))
	}
	for _, file := range files {
		if file == "" {
			continue
		}
		info, err := os.Stat(file)
		switch {
		case os.IsNotExist(err):
			if file == wallet {
				f.add(Note, "Keep a copy of it once the node has made it: hyperbeam key show "+file, "the wallet %s does not exist yet; the node makes it when it starts", file)
			}
			continue
		case err != nil:
			f.add(Problem, "Give the user of the node access to it.", "the wallet %s cannot be looked at: %s", file, err)
			continue
		case info.Mode().Perm()&0o077 != 0:
			f.add(Problem, "chmod 600 "+file, "others on this machine can read the wallet %s (mode %o)", file, info.Mode().Perm())
		}
		k, err := keys.ReadFile(file)
		if err != nil {
			f.add(Problem, "Restore it from a copy. A new wallet is another node to everybody.", "the wallet %s cannot be read: %s", file, fail.Sentence(err))
			continue
		}
		if whose := published()[k.Address()]; whose != "" {
			f.add(Problem, "Make a wallet of your own: hyperbeam key new FILE", "everybody has the key of the wallet %s: it is that of %s", file, whose)
		}
	}
	if info, err := os.Stat(configFile); configFile != "" && err == nil && info.Mode().Perm()&0o077 != 0 && secrets(c.Options) {
		f.add(Warning, "chmod 600 "+configFile, "others on this machine can read the configuration file, which has private options")
	}
	if whose := published()[c.Operator]; whose != "" {
		f.add(Problem, "Set operator to the address of a wallet of your own.", "everybody has the key of the operator %s: it is that of %s", c.Operator, whose)
	}
	return f.orGood("wallets are readable by the node alone")
}

// secrets reports whether options are private.
func secrets(options *message.Message) bool {
	for k := range options.All() {
		if strings.HasPrefix(k, "priv") || strings.Contains(k, "secret") || strings.Contains(k, "password") {
			return true
		}
	}
	return false
}
