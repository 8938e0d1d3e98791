import MutstreamColumnar

/// Keys that no row has touched for as long as they may live: what has left stays, the next row of a key is its first.
extension ArrivalFrames {
    func forgetIdle(_ batch: Batch, _ context: StepContext) {
        idle?.advance(to: context.clock)
        let due =
            idle?.takeDue { report in
                encoder.encode(batch)
                for row in 0..<batch.count { report(table.find(encoder.key(row))) }
            } ?? []
        for key in due where FrameRecord.isLive(records.address(key)) { forget(key) }
    }

    private func forget(_ key: Int32) {
        let record = records.writable(key)
        while FrameRecord.head(record) != 0 { freeHead(record) }
        let peers = FrameRecord.peers(record)
        for index in 0..<layout.extremumStarts[frameCount] {
            let plan = layout.extrema[index]
            // Slots that outlive their rows own their texts.
            if plan.baseOffset >= 0 { plan.release(record + plan.baseOffset, heap) }
            if order < 0 { plan.release(record + plan.offset, heap) }
            if peers != 0 { plan.release(self.peers.address(peers) + plan.offset, heap) }
        }
        if peers != 0 { self.peers.free(peers) }
        FrameRecord.setLive(record, false)
        table.remove(key)
        records.free(key)
    }
}
