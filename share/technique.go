package share

// TechniqueName gives the name of an ATT&CK technique that the detectors speak of,
// empty for others.
func TechniqueName(number string) string { return techniques[number] }

// techniques are the names in MITRE ATT&CK (Enterprise).
var techniques = map[string]string{
	"T1001": "Data Obfuscation", "T1008": "Fallback Channels", "T1021": "Remote Services", "T1029": "Scheduled Transfer", "T1030": "Data Transfer Size Limits",
	"T1036": "Masquerading", "T1041": "Exfiltration Over C2 Channel", "T1046": "Network Service Discovery", "T1048": "Exfiltration Over Alternative Protocol",
	"T1071": "Application Layer Protocol", "T1071.001": "Web Protocols", "T1071.004": "DNS", "T1090": "Proxy", "T1095": "Non-Application Layer Protocol",
	"T1102": "Web Service", "T1105": "Ingress Tool Transfer", "T1110": "Brute Force", "T1132": "Data Encoding", "T1189": "Drive-by Compromise",
	"T1205": "Traffic Signaling", "T1210": "Exploitation of Remote Services", "T1219": "Remote Access Tools", "T1498": "Network Denial of Service",
	"T1499": "Endpoint Denial of Service", "T1553.004": "Install Root Certificate", "T1566": "Phishing", "T1567": "Exfiltration Over Web Service",
	"T1568": "Dynamic Resolution", "T1568.001": "Fast Flux DNS", "T1568.002": "Domain Generation Algorithms", "T1571": "Non-Standard Port",
	"T1572": "Protocol Tunneling", "T1573": "Encrypted Channel", "T1573.002": "Asymmetric Cryptography", "T1583": "Acquire Infrastructure",
	"T1583.001": "Domains", "T1584": "Compromise Infrastructure", "T1587.003": "Digital Certificates", "T1588.004": "Digital Certificates",
	"T1595": "Active Scanning", "T1595.001": "Scanning IP Blocks", "T1595.002": "Vulnerability Scanning", "T1608.003": "Install Digital Certificate",
}
