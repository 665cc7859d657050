package check

import (
	"strings"
	"sync"
)

// vocabulary gives the words of one of the standard's vocabularies (chapter 10).
func vocabulary(name string) []string { return vocabularies()[name] }

var vocabularies = sync.OnceValue(func() map[string][]string {
	all := map[string][]string{}
	for _, line := range strings.Split(strings.TrimSpace(`
spec-version 2.1
tlp white green amber red
marking-definition tlp statement
extension-type new-sdo new-sco new-sro property-extension toplevel-property-extension
encryption-algorithm AES-256-GCM ChaCha20-Poly1305 mime-type-indicated
opinion strongly-disagree disagree neutral agree strongly-agree
account-type facebook ldap nis openid radius skype tacacs twitter unix windows-local windows-domain
attack-motivation accidental coercion dominance ideology notoriety organizational-gain personal-gain personal-satisfaction revenge unpredictable
attack-resource-level individual club contest team organization government
grouping-context suspicious-activity malware-analysis unspecified
identity-class individual group system organization class unknown
implementation-language applescript bash c c++ c# go java javascript lua objective-c perl php powershell python ruby scala swift typescript visual-basic x86-32 x86-64
indicator-type anomalous-activity anonymization benign compromised malicious-activity attribution unknown
industry-sector agriculture aerospace automotive chemical commercial communications construction defense education energy entertainment financial-services government emergency-services government-local government-national government-public-services government-regional healthcare hospitality-leisure infrastructure dams nuclear water insurance manufacturing mining non-profit pharmaceuticals retail technology telecommunications transportation utilities
infrastructure-type amplification anonymization botnet command-and-control control-system exfiltration firewall hosting-malware hosting-target-lists phishing reconnaissance routers-switches staging workstation unknown
malware-result malicious suspicious benign unknown
malware-capability accesses-remote-machines anti-debugging anti-disassembly anti-emulation anti-memory-forensics anti-sandbox anti-vm captures-input-peripherals captures-output-peripherals captures-system-state-data cleans-traces-of-infection commits-fraud communicates-with-c2 compromises-data-availability compromises-data-integrity compromises-system-availability controls-local-machine degrades-security-software degrades-system-updates determines-c2-server emails-spam escalates-privileges evades-av exfiltrates-data fingerprints-host hides-artifacts hides-executing-code infects-files infects-remote-machines installs-other-components persists-after-system-reboot prevents-artifact-access prevents-artifact-deletion probes-network-environment self-modifies steals-authentication-credentials violates-system-operational-integrity
malware-type adware backdoor bot bootkit ddos downloader dropper exploit-kit keylogger ransomware remote-access-trojan resource-exploitation rogue-security-software rootkit screen-capture spyware trojan unknown virus webshell wiper worm
pattern-type stix pcre sigma snort suricata yara
processor-architecture alpha arm ia-64 mips powerpc sparc x86 x86-64
region africa eastern-africa middle-africa northern-africa southern-africa western-africa americas caribbean central-america latin-america-caribbean northern-america south-america asia central-asia eastern-asia southern-asia south-eastern-asia western-asia europe eastern-europe northern-europe southern-europe western-europe oceania antarctica australia-new-zealand melanesia micronesia polynesia
report-type attack-pattern campaign identity indicator intrusion-set malware observed-data threat-actor threat-report tool vulnerability
threat-actor-type activist competitor crime-syndicate criminal hacker insider-accidental insider-disgruntled nation-state sensationalist spy terrorist unknown
threat-actor-role agent director independent infrastructure-architect infrastructure-operator malware-author sponsor
threat-actor-sophistication none minimal intermediate advanced expert innovator strategic
tool-type denial-of-service exploitation information-gathering network-capture credential-exploitation remote-access vulnerability-scanning unknown
`), "\n") {
		words := strings.Fields(line)
		all[words[0]] = words[1:]
	}
	return all
})
