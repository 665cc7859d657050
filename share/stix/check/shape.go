package check

import (
	"strings"
	"sync"
)

// property is one property of a type.
type property struct {
	name, form string
	required   bool
}

// shape is what a type may have.
type shape struct {
	class      string // sdo, sro, sco, meta
	properties []property
}

func (s *shape) has(name string) bool {
	for _, p := range s.properties {
		if p.name == name {
			return true
		}
	}
	return false
}

// The properties that all types of a class have; * marks the required.
const (
	everywhere = "type*=text id*=text extensions=dict object_marking_refs=[id:marking-definition] granular_markings=[granular] "
	someone    = everywhere + "spec_version*=closed:spec-version created_by_ref=id:identity created*=time revoked=bool labels=[text] confidence=int:0..100 lang=lang external_references=[refs] "
	domain     = someone + "modified*=time "
	observable = everywhere + "spec_version=closed:spec-version defanged=bool "
)

// types is the standard's chapters 3 to 7, a type a line: class, name, properties.
const types = `
sdo attack-pattern name*=full description=text aliases=[text] kill_chain_phases=[kill]
sdo campaign name*=full description=text aliases=[text] first_seen=time last_seen=time objective=text
sdo course-of-action name*=full description=text
sdo grouping name=text description=text context*=open:grouping-context object_refs*=[id:*]
sdo identity name*=full description=text roles=[text] identity_class=open:identity-class sectors=[open:industry-sector] contact_information=text
sdo indicator name=text description=text indicator_types=[open:indicator-type] pattern*=full pattern_type*=open:pattern-type pattern_version=text valid_from*=time valid_until=time kill_chain_phases=[kill]
sdo infrastructure name*=full description=text infrastructure_types=[open:infrastructure-type] aliases=[text] kill_chain_phases=[kill] first_seen=time last_seen=time
sdo intrusion-set name*=full description=text aliases=[text] first_seen=time last_seen=time goals=[text] resource_level=open:attack-resource-level primary_motivation=open:attack-motivation secondary_motivations=[open:attack-motivation]
sdo location name=text description=text latitude=float longitude=float precision=float region=open:region country=text administrative_area=text city=text street_address=text postal_code=text
sdo malware name=text description=text malware_types=[open:malware-type] is_family*=bool aliases=[text] kill_chain_phases=[kill] first_seen=time last_seen=time operating_system_refs=[id:software] architecture_execution_envs=[open:processor-architecture] implementation_languages=[open:implementation-language] capabilities=[open:malware-capability] sample_refs=[id:artifact|file]
sdo malware-analysis product*=full version=text host_vm_ref=id:software operating_system_ref=id:software installed_software_refs=[id:software] configuration_version=text modules=[text] analysis_engine_version=text analysis_definition_version=text submitted=time analysis_started=time analysis_ended=time result_name=text result=open:malware-result analysis_sco_refs=[id:sco] sample_ref=id:artifact|file|network-traffic
sdo note abstract=text content*=full authors=[text] object_refs*=[id:*]
sdo observed-data first_observed*=time last_observed*=time number_observed*=int:1..999999999 objects=dict object_refs=[id:*]
sdo opinion explanation=text authors=[text] opinion*=closed:opinion object_refs*=[id:*]
sdo report name*=full description=text report_types=[open:report-type] published*=time object_refs*=[id:*]
sdo threat-actor name*=full description=text threat_actor_types=[open:threat-actor-type] aliases=[text] first_seen=time last_seen=time roles=[open:threat-actor-role] goals=[text] sophistication=open:threat-actor-sophistication resource_level=open:attack-resource-level primary_motivation=open:attack-motivation secondary_motivations=[open:attack-motivation] personal_motivations=[open:attack-motivation]
sdo tool name*=full description=text tool_types=[open:tool-type] aliases=[text] kill_chain_phases=[kill] tool_version=text
sdo vulnerability name*=full description=text
sro relationship relationship_type*=full description=text source_ref*=id:end target_ref*=id:end start_time=time stop_time=time
sro sighting description=text first_seen=time last_seen=time count=int:0..999999999 sighting_of_ref*=id:* observed_data_refs=[id:observed-data] where_sighted_refs=[id:identity|location] summary=bool
meta language-content modified*=time object_ref*=id:* object_modified=time contents*=dict
meta extension-definition modified*=time name*=full description=text schema*=full version*=full extension_types*=[closed:extension-type] extension_properties=[text]
meta marking-definition name=text definition_type=open:marking-definition definition=dict
sco artifact mime_type=text payload_bin=binary url=text hashes=hashes encryption_algorithm=closed:encryption-algorithm decryption_key=text
sco autonomous-system number*=int name=text rir=text
sco directory path*=full path_enc=text ctime=time mtime=time atime=time contains_refs=[id:directory|file]
sco domain-name value*=full resolves_to_refs=[id:ipv4-addr|ipv6-addr|domain-name]
sco email-addr value*=full display_name=text belongs_to_ref=id:user-account
sco email-message is_multipart*=bool date=time content_type=text from_ref=id:email-addr sender_ref=id:email-addr to_refs=[id:email-addr] cc_refs=[id:email-addr] bcc_refs=[id:email-addr] message_id=text subject=text received_lines=[text] additional_header_fields=dict body=text body_multipart=any raw_email_ref=id:artifact
sco file hashes=hashes size=int:0..9223372036854775807 name=text name_enc=text magic_number_hex=hex mime_type=text ctime=time mtime=time atime=time parent_directory_ref=id:directory contains_refs=[id:sco] content_ref=id:artifact
sco ipv4-addr value*=addr4 resolves_to_refs=[id:mac-addr] belongs_to_refs=[id:autonomous-system]
sco ipv6-addr value*=addr6 resolves_to_refs=[id:mac-addr] belongs_to_refs=[id:autonomous-system]
sco mac-addr value*=full
sco mutex name*=full
sco network-traffic start=time end=time is_active=bool src_ref=id:ipv4-addr|ipv6-addr|mac-addr|domain-name dst_ref=id:ipv4-addr|ipv6-addr|mac-addr|domain-name src_port=int:0..65535 dst_port=int:0..65535 protocols*=[full] src_byte_count=int:0..9223372036854775807 dst_byte_count=int:0..9223372036854775807 src_packets=int:0..9223372036854775807 dst_packets=int:0..9223372036854775807 ipfix=dict src_payload_ref=id:artifact dst_payload_ref=id:artifact encapsulates_refs=[id:network-traffic] encapsulated_by_ref=id:network-traffic
sco process is_hidden=bool pid=int created_time=time cwd=text command_line=text environment_variables=dict opened_connection_refs=[id:network-traffic] creator_user_ref=id:user-account image_ref=id:file parent_ref=id:process child_refs=[id:process]
sco software name*=full cpe=text swid=text languages=[text] vendor=text version=text
sco url value*=full
sco user-account user_id=text credential=text account_login=text account_type=open:account-type display_name=text is_service_account=bool is_privileged=bool can_escalate_privs=bool is_disabled=bool account_created=time account_expires=time credential_last_changed=time account_first_login=time account_last_login=time
sco windows-registry-key key=text values=any modified_time=time creator_user_ref=id:user-account number_of_subkeys=int
sco x509-certificate is_self_signed=bool hashes=hashes version=text serial_number=text signature_algorithm=text issuer=text validity_not_before=time validity_not_after=time subject=text subject_public_key_algorithm=text subject_public_key_modulus=text subject_public_key_exponent=int x509_v3_extensions=dict
`

// shapes reads types once.
var shapes = sync.OnceValue(func() map[string]*shape {
	all := map[string]*shape{}
	for _, line := range strings.Split(strings.TrimSpace(types), "\n") {
		words := strings.Fields(line)
		s := &shape{class: words[0]}
		common := domain
		switch s.class {
		case "sco":
			common = observable
		case "meta":
			common = someone
		}
		for _, w := range append(strings.Fields(common), words[2:]...) {
			name, form, _ := strings.Cut(w, "=")
			bare, required := strings.CutSuffix(name, "*")
			s.properties = append(s.properties, property{bare, form, required})
		}
		all[words[1]] = s
	}
	return all
})

// contributing are the properties that an observable's name-based id is made from.
// Types whose rule is more than "these, where they are there" are left out.
var contributing = sync.OnceValue(func() map[string][]string {
	all := map[string][]string{}
	for _, line := range strings.Split(strings.TrimSpace(`
autonomous-system number
directory path
domain-name value
email-addr value
ipv4-addr value
ipv6-addr value
mac-addr value
mutex name
network-traffic start end src_ref dst_ref src_port dst_port protocols extensions
software name cpe swid vendor version
url value
user-account account_type user_id account_login
`), "\n") {
		words := strings.Fields(line)
		all[words[0]] = words[1:]
	}
	return all
})
