package likenesstest

import "strings"

// stock are sentences that everybody writes: no copying, though they are the same.
func stock(lang string) []string {
	if lang == "ja" {
		return []string{
			"以上のとおり、本件措置は目的の達成に必要な最小限度のものであり、比例原則に適合する。",
			"他の方法によっては目的を達成することが困難であると認めるに足りる十分な理由がある。",
			"取得した情報は法令の定める期間を経過した後、速やかに消去するものとする。",
			"対象となる範囲は、添付の資料に記載した識別子に厳格に限定されている。",
		}
	}
	return []string{
		"For these reasons the measure is no more than is needed to reach its purpose.",
		"There is sufficient reason to believe that no other means would reach the purpose.",
		"What is acquired will be erased promptly once the period laid down by law is over.",
		"The scope is strictly limited to the identifiers listed in the annex.",
	}
}

// lexicon is what sentences are made of that are nobody else's.
func lexicon(lang string) map[string][]string {
	if lang == "ja" {
		return map[string][]string{
			"名": strings.Fields("中継器 端末 回線 証明書 名前 設定 更新 記録 鍵 画面 部品 手順 契約 資料 報告 時計 経路 区画 装置 通知 電源 番号 窓口 部署 施設 工程 担当 倉庫 車両 会議 試験 見積 値札 系統 符号 宛先 棚卸 許可 監視 応答 写し 控え 台帳 試料 在庫 講習 引継 点検 補修 予備"),
			"形": strings.Fields("古い 新しい 狭い 遠い 不明な 静かな 重い 共用の 臨時の 予備の 隠れた 公開の 異なる 複数の 弱い 急な 長期の 既知の 夜間の 私設の 無人の 海外の 隣接する 未登録の 失効した 手動の 誤った 少ない 主要な 廃止された 暫定の 外付けの 内部の 並行する 細かい 早い 遅い 珍しい 単純な 余分な"),
			"動": strings.Fields("調べた 止めた 変えた 比べた 送った 隠した 探した 戻した 数えた 写した 開いた 閉じた 外した 分けた 集めた 移した 試した 疑った 認めた 拒んだ 待った 残した 失った 見つけた 繰り返した 取り替えた 書き換えた 問い合わせた 切り離した 組み直した 裏付けた 取り下げた 見送った 引き受けた 断った"),
			"時": strings.Fields("朝方に 深夜に 月末に 祝日に 先月 今週 毎日 同日 翌朝 昨秋 年度末に 点検中に 停電後に 契約更新時に 雨季に 週に二度 三日おきに 事故の直後に 引継の際に 初夏に"),
			"続": strings.Fields("そのため また しかし 一方で さらに 結果として もっとも 他方 したがって なお"),
		}
	}
	return map[string][]string{
		"n": strings.Fields("router lamp line certificate name setting update record key screen part step contract paper report clock route section device notice supply number desk office hall stage clerk store lorry meeting trial estimate label branch cipher address stock permit watch answer copy ledger sample shelf lesson handover round repair spare gate valve mast"),
		"a": strings.Fields("old new narrow distant unknown quiet heavy shared temporary spare hidden public other several weak sudden long-lived known nightly private unmanned foreign neighbouring unlisted lapsed manual wrong scarce main retired provisional outer inner parallel fine early late rare plain surplus"),
		"v": strings.Fields("examined stopped changed compared sent hid sought returned counted copied opened closed removed parted gathered moved tried doubted granted refused awaited left lost found repeated exchanged rewrote asked severed rebuilt confirmed withdrew deferred accepted declined traced named weighed sealed"),
		"t": {"in the morning", "at midnight", "at the end of the month", "on the holiday", "last month", "this week", "every day", "the same day", "the next morning", "last autumn", "during the round", "after the blackout", "when the contract was renewed", "in the rains", "twice a week", "every third day", "right after the accident", "at the handover", "in early summer"},
		"c": {"and", "but", "so that", "while", "although", "because", "until", "after which"},
	}
}

// own writes a sentence that is nobody else's.
func (w *Writer) own(lang string) string {
	words := lexicon(lang)
	pick := func(kind string) string { return words[kind][w.g.IntN(len(words[kind]))] }
	if lang == "ja" {
		clause := func() string {
			return pick("形") + pick("名") + "の" + pick("名") + "が" + pick("時") + pick("形") + pick("名") + "を" + pick("動")
		}
		return pick("続") + "、" + clause() + "ところ、" + clause() + "。"
	}
	clause := func() string {
		return "the " + pick("a") + " " + pick("n") + " " + pick("v") + " the " + pick("n") + " of the " + pick("a") + " " + pick("n") + " " + pick("t")
	}
	s := clause() + ", " + pick("c") + " " + clause() + "."
	return strings.ToUpper(s[:1]) + s[1:]
}
