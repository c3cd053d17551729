package evidence

import (
	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/tee/snp"
)

// Options of the node message that attestation reads.
var (
	OptTrusted = ao.Option{Name: "snp_trusted", Default: message.NewList(message.Empty()),
		Doc: "Software that is trusted: a list of messages with the keys of local-hashes. The first one is what this node says it was started from."}
	OptEnforced = ao.Option{Name: "snp_enforced_keys", Default: message.Strings([]string{"firmware", "kernel", "initrd", "append", "vmm_type", "guest_features"}),
		Doc: "Keys of local-hashes that have to be equal to those of an entry of snp_trusted: any of vcpus, vcpu_type, vmm_type, guest_features, firmware, kernel, initrd, append."}
	OptFolder = ao.Option{Name: "snp_certificates", Default: message.Binary(""),
		Doc: "Folder with certificates of processors, PRODUCT-CHIP-BOOTLOADER-TEE-SNP-MICROCODE.vcek, and revocation lists, PRODUCT.crl."}
	OptService = ao.Option{Name: "snp_kds", Default: message.Binary(""),
		Doc: "Key service that is asked for certificates that are not at hand: " + snp.AMDService + ". Empty asks nobody."}
	OptMinimum = ao.Option{Name: "snp_minimum_tcb", Default: message.Empty(),
		Doc: "Oldest firmware of processors that is trusted: bootloader, tee, snp, microcode. Take the numbers from AMD's security bulletins."}
	OptLevel = ao.Option{Name: "snp_max_vmpl", Default: message.Int(1),
		Doc: "Lowest privilege level in a machine that may speak for it: 0 is the highest, 3 the lowest. Nodes ask at 1."}
	OptRevocation = ao.Option{Name: "snp_require_revocation", Default: message.False,
		Doc: "Refuse reports when AMD's list of revoked certificates is not at hand."}
)

// NodeOptions returns the options, for the devices that are built on this
// package.
func NodeOptions() []ao.Option {
	return []ao.Option{OptTrusted, OptEnforced, OptFolder, OptService, OptMinimum, OptLevel, OptRevocation}
}

// policy returns what the node wants of machines.
func policy(env *ao.Env) snp.Policy {
	low, _ := OptMinimum.In(env).(*message.Message)
	part := func(name string) uint8 {
		v, _ := low.Get(name)
		n, _ := message.AsInt(v)
		return uint8(max(0, min(n, 255)))
	}
	p := snp.Policy{
		MinimumTCB: snp.TCB{Bootloader: part("bootloader"), TEE: part("tee"), SNP: part("snp"), Microcode: part("microcode")},
		MaxVMPL:    uint32(max(0, min(OptLevel.Int(env), 3))),
	}
	if OptRevocation.Bool(env) {
		p.Revocation = snp.RevocationRequired
	}
	return p
}
