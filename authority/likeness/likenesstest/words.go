package likenesstest

// sentences are patterns of sentences; «name» is a place for one of the fillers.
func sentences(lang string) []string {
	if lang == "ja" {
		return []string{
			"「host」は「place」に設置された「device」であり、「when」以降「sign」ことが「source」により確認された。",
			"「source」の分析によれば、「actor」は「host」を経由して「target」への「attack」を準備している。",
			"「target」が停止した場合、「harm」おそれがあり、その影響は「area」に及ぶ。",
			"注意喚起は「when」に「owner」へ行ったが、「answer」ため、「sign」状態が続いている。",
			"通信の遮断については「carrier」に照会したが、「obstacle」との回答であり、被害を防ぐには足りない。",
			"「device」の管理者である「owner」は所在が判明せず、命令の送達には「span」を要する見込みである。",
			"取得する情報は「field」に限り、「host」と「target」の間のものに限定する。",
			"対象となる回線は「carrier」の「number」本であり、「area」の他の通信は対象に含まれない。",
			"期間は「span」とし、これは「attack」の周期が「cycle」であることから必要な最短の期間である。",
			"「field」を用いずに「actor」の指令経路を特定することは、「obstacle」ため困難である。",
			"任意の協力を「owner」に求めたところ、「answer」ことから、他の手段では目的を達することができない。",
			"「source」と「carrier」から独立に得た情報が一致しており、「host」が「actor」に利用されている疑いは強い。",
			"影響を受ける利用者は「number」人程度と見積もられ、「harm」不利益と比べて小さい。",
			"「device」の脆弱性は「when」に公表されたが、「owner」による更新は行われていない。",
			"無害化の後も「device」の「function」は維持され、「area」の利用者に支障は生じない。",
			"「when」に「target」で観測された「sign」事象は、「actor」の過去の手口と一致する。",
			"得られた結果は「source」に提供せず、「span」を経過した時点で消去する。",
			"「carrier」の設備で選別を行うため、選別されない情報は「area」の外に出ることがない。",
		}
	}
	return []string{
		"The «device» at «host» stands in «place» and has «sign» since «when», as «source» confirmed.",
		"According to «source», «actor» is preparing «attack» against «target» by way of «host».",
		"If «target» failed, «harm», and the effect would reach «area».",
		"A warning went to «owner» on «when», but «answer», so that it still has «sign».",
		"We asked «carrier» whether the traffic could be blocked; it replied that «obstacle», which is not enough.",
		"«owner», who administers the «device», cannot be found, and serving an order would take «span».",
		"Only «field» will be acquired, and only between «host» and «target».",
		"The lines concerned are «number» of «carrier»; other traffic of «area» stays outside.",
		"The period is «span», the shortest that a cycle of «cycle» in the «attack» allows.",
		"Without «field» the command path of «actor» cannot be found, because «obstacle».",
		"Voluntary help was sought from «owner»; since «answer», no other means will do.",
		"What «source» and «carrier» found independently agrees, so that the suspicion that «actor» uses «host» is strong.",
		"About «number» users may notice it, which weighs little beside the danger that «harm».",
		"The hole in the «device» was published on «when»; «owner» has not installed the cure.",
		"After the measure the «device» keeps its «function», and nobody in «area» is hindered.",
		"The event seen at «target» on «when» matches the earlier hand of «actor», which had «sign» too.",
		"Nothing of the result goes to «source», and all of it is erased after «span».",
		"Selection happens within the equipment of «carrier», so that what is not selected never leaves «area».",
	}
}

// fillers are what stands in the places.
func fillers(lang string) map[string][]string {
	if lang == "ja" {
		return map[string][]string{
			"host":     {"192.0.2.17", "198.51.100.204", "203.0.113.9", "サーバー群甲", "踏み台乙", "中継器丙", "192.0.2.88"},
			"place":    {"国外の事業者の施設", "海外の大学", "第三国のデータセンター", "離島の通信拠点", "国外の家庭"},
			"device":   {"家庭用ルーター", "監視カメラ", "録画装置", "仮想専用線の終端装置", "制御用ゲートウェイ", "古いファイルサーバー"},
			"when":     {"三月四日", "昨年末", "先週の月曜日", "五月の連休明け", "九月十二日", "令和八年七月", "前回の承認の翌日"},
			"sign":     {"六十秒ごとに同じ相手へ接続する", "未知の証明書を提示する", "大量の名前を引き続ける", "夜間にだけ外部へ応答する", "多数の相手を順に探る", "異常な量を送り出す"},
			"source":   {"国内の大学の観測網", "協議会の構成員", "外国の同種機関", "情報通信研究機構", "民間の解析会社", "警察庁の技術部門"},
			"actor":    {"集団ア", "攻撃者群イ", "国家の関与が疑われる集団ウ", "身代金目的の集団エ", "通称オの運営者"},
			"target":   {"水道の制御網", "鉄道の運行管理", "地方銀行の決済", "港湾の荷役管理", "病院の電子カルテ", "送電の監視系", "空港の手荷物系"},
			"attack":   {"一斉の妨害", "認証情報の窃取", "制御装置の破壊", "長期の潜伏", "偽の更新の配布"},
			"harm":     {"飲み水の供給が止まる", "列車の衝突を招く", "送金が数日滞る", "救急の受入れができなくなる", "広域の停電が起きる"},
			"area":     {"県内の三市", "首都圏", "離島部", "九州の沿岸", "北海道の東部", "全国の支店"},
			"owner":    {"販売代理店", "廃業した事業者", "個人の利用者", "国外の管理会社", "保守を受託した企業"},
			"answer":   {"返答がなかった", "対応できないとの連絡があった", "連絡先が無効であった", "更新すれば足りると主張した", "担当者が退職していた"},
			"carrier":  {"電気通信事業者A", "海底線の陸揚げ事業者B", "地域の通信事業者C", "卸役務の事業者D"},
			"obstacle": {"相手が頻繁に移動する", "暗号化され内容が分からない", "正規の通信と同じ相手を使う", "設備が対応していない", "約款上の根拠がない"},
			"span":     {"二週間", "三箇月", "十日", "半年", "四十八時間", "三十日"},
			"field":    {"送受信の時刻と量", "宛先と名前の問合せ", "証明書の要約", "接続の間隔", "経路の識別子"},
			"number":   {"2", "14", "120", "8", "3500"},
			"cycle":    {"三日", "一週間", "十二時間", "一箇月"},
			"function": {"通信の中継", "映像の保存", "遠隔の監視", "名前の応答"},
		}
	}
	return map[string][]string{
		"host":     {"192.0.2.17", "198.51.100.204", "203.0.113.9", "relay A", "the third stepping stone", "192.0.2.88", "server group K"},
		"place":    {"a provider's hall abroad", "a foreign university", "a third country's data centre", "a private home overseas", "an island's exchange"},
		"device":   {"home router", "surveillance camera", "video recorder", "tunnel gateway", "control bridge", "old file server"},
		"when":     {"4 March", "New Year's Eve", "Monday last", "the day after the holidays", "12 September", "the day after the last approval"},
		"sign":     {"called one address every minute", "shown a certificate nobody knows", "asked for thousands of names", "answered strangers at night alone", "knocked at many doors in turn", "sent out far more than it took in"},
		"source":   {"a university's sensors", "a member of the council", "a sister agency abroad", "the research institute", "a private laboratory", "the technical branch of the police"},
		"actor":    {"group Ash", "the crew called Birch", "a group some state stands behind", "the extortionists of Cedar", "the keeper of Elm"},
		"target":   {"the water works", "the railway's signals", "a regional bank", "the port's cranes", "a hospital's records", "the grid's control room", "the airport's baggage belts"},
		"attack":   {"a strike on all at once", "theft of passwords", "ruin of the controllers", "a long stay unseen", "the spread of a false update"},
		"harm":     {"drinking water would stop", "trains might collide", "payments would lie still for days", "no ambulance could be received", "a wide blackout would follow"},
		"area":     {"three towns of the county", "the capital", "the outer islands", "the south coast", "the far north-east", "every branch in the land"},
		"owner":    {"the reseller", "a firm that closed", "a private user", "a manager abroad", "the company under contract for repairs"},
		"answer":   {"nobody replied", "they said they could not act", "the address was dead", "they held an update to be enough", "the person in charge had left"},
		"carrier":  {"carrier A", "the landing station's keeper B", "the regional carrier C", "the wholesaler D"},
		"obstacle": {"the other end moves too often", "everything is enciphered", "honest traffic uses the same peers", "its equipment cannot", "its terms give no ground"},
		"span":     {"two weeks", "three months", "ten days", "half a year", "48 hours", "thirty days"},
		"field":    {"times and sizes", "destinations and names asked for", "digests of certificates", "the gaps between calls", "marks of the route"},
		"number":   {"2", "14", "120", "8", "3500"},
		"cycle":    {"three days", "a week", "twelve hours", "a month"},
		"function": {"forwarding", "recording", "remote watch", "answers to names"},
	}
}
