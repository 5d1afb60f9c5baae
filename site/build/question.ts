/** The parts of a form that several pages have: where a digit comes from, and what is asked of it. Pages name them in a comment. */

const DIGIT = `<fieldset id="sources" class="choices">
            <legend>A digit</legend>
            <label><input type="radio" name="source" value="mnist" checked> from MNIST</label>
            <label><input type="radio" name="source" value="drawn"> of your own</label>
          </fieldset>
          <div id="mnist" class="from-mnist">
            <fieldset id="gallery" class="gallery"><legend class="hidden">MNIST’s first test images</legend></fieldset>
            <label class="field inline"><span>Position in the test set</span> <input id="position" type="number" min="0" max="9999" step="1" value="0" inputmode="numeric"></label>
          </div>
          <div id="draw" hidden></div>`;

const QUESTION = `<fieldset id="norms" class="choices">
            <legend>A change that is small in</legend>
            <label><input type="radio" name="norm" value="l2" checked> L2</label>
            <label><input type="radio" name="norm" value="linf"> L∞</label>
            <label><input type="radio" name="norm" value="l1"> L1</label>
            <label><input type="radio" name="norm" value="l0"> L0</label>
            <label><input type="radio" name="norm" value="paper"> the paper’s</label>
          </fieldset>
          <p id="meaning" class="quiet meaning"></p>
          <label class="field"><span>To reach</span> <select id="target"><option value="">any other answer</option></select></label>
          <details>
            <summary>Effort and seed</summary>
            <div class="pair">
              <label class="field"><span>Effort</span> <select id="effort"><option>fast</option><option>thorough</option><option>exhaustive</option></select></label>
              <label class="field"><span>Seed</span> <input id="seed" type="number" min="0" step="1" value="0" inputmode="numeric"></label>
            </div>
          </details>`;

/** A page with the parts that it names. */
export function withQuestion(html: string): string {
  return html.replace("<!-- digit -->", DIGIT).replace("<!-- question -->", QUESTION);
}
